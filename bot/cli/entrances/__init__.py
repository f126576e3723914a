"""What people come in by: published by an administrator, before anybody can come."""
