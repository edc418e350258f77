"""Runs the console on one machine: Valkey, web server, publisher and worker, supervised."""
