"""What keeps an installation healthy: logs, metrics, backups."""
