"""Acts that only some cases have: of people and money they are about, of suggestions."""
