"""Received messages: stored before they are acknowledged, claimed in order, handled once."""
