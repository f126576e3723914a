"""The message archive (会话内容存档, wecom-archive.md): reads whole groups, and can say nothing."""
