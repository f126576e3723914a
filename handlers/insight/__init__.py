"""What many cases tell together: hot topics, monthly figures, false alarms, rule corrections."""
