"""The playground: a page on this machine on which a training is changed and watched."""
