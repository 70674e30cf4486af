#!/bin/sh
# Tailscale Funnel in front of linnstream: no port is opened here and TLS ends on this machine. Run once as root;
# Funnel must be allowed for this machine in the tailnet's policy.
# In the configuration: listener.public_url = "https://MACHINE.TAILNET.ts.net", as it is printed at the end.
#
# Funnel speaks HTTP to loopback alone, so listener.bind stays 127.0.0.1:7780. It has ports 443, 8443 and 10000,
# no limits of its own for bodies and answers (linnstream has), and a limit of bandwidth that labels stay far below.
set -eu

tailscale funnel --bg --https=443 http://127.0.0.1:7780
tailscale funnel status
