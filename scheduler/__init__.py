"""What happens because time passes. APScheduler only ticks; what is due is a query."""
