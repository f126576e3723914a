"""A channel that only the tests know: a platform that is a folder on the disk.

<folder>/in/*.json   what people say, one file a message       <folder>/files/   pictures they send
<folder>/out/*.json  what the bot says, one file a push
"""
