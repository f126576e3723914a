"""What of a case is not for everybody: names, whom a restricted one accuses, what rescuers read of it."""
