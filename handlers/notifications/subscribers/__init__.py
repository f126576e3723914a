"""Other systems that are told what happens to cases: who they are, and what they are told."""
