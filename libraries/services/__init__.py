"""What writes libraries, vocabularies and what is in them."""
