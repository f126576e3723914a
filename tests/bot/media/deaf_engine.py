"""An engine for photos that hangs at a photo called hang.jpg, and dies of any other."""

import json
import socket
import sys
import time

if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        for line in stream:
            if json.loads(line).endswith("hang.jpg"):
                time.sleep(600)
            sys.exit(1)
