"""Runs the console on one machine: Valkey, web server and worker under one supervisor."""
