"""The sockets: one Protocol a file. They import the domain and nothing else."""
