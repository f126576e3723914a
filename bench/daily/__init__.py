"""What is done all day, to be measured on archives of any size."""
