"""Commands for what is said in a situation: look at one sentence, play a transcript under other rules."""
