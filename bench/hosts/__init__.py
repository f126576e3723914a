"""How the work is shared between processes and hosts, on PostgreSQL."""
