"""Commands of whoever looks after the machine: doctor, copies, the archive."""
