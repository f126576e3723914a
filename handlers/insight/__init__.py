"""What many cases say together: hot topics, monthly figures, false alarms, rule corrections."""
