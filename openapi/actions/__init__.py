"""The actions of the wire API, one module each."""
