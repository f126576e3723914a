"""Rule packs as the running process sees them: files watched, local rules, frozen snapshots."""
