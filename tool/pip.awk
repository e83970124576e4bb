# What pip does, in a few lines: how many packages it has found, and when it begins to install them.
/^Collecting / { if (++found % 20 == 0) { printf "  %d packages found\n", found; fflush() } }
/^Installing collected packages:/ { printf "  installing %d packages, about a minute ...\n", NF - 3; fflush() }
/^Successfully installed/ { print "  installed" }
