"""Rules pages: services, detection scope, versions."""
