"""One file a library: the floors (what the libraries below cost by themselves), the peers, and this package.

Each is started in a process of its own with a task (JSON) and prints one line of JSON. They are as short as the
library's own README has it, because they are also the answer to "how did you use it?".
"""
