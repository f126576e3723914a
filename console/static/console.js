// What pages do better with a script; each works without it.
"use strict";
