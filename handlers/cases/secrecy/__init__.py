"""Restricted cases: whom their words accuse, and what a unit called to one may know."""
