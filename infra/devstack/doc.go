// Command madx-devstack is the development stack in one process: a Temporal
// server with its Web UI and an S3 gateway, all on a data folder. `madx dev`
// runs it as a child; it also runs by hand. It knows nothing of sweeps,
// adapters or workers, and it lives in a module of its own, so that its few
// hundred dependencies stay out of the rest of the project.
//
// # Starting it
//
//	madx-devstack --data DIR [--config temporal-dev.yaml] [--ip 127.0.0.1]
//	              [--temporal-port N] [--ui-port N] [--s3-port N]
//	              [--ephemeral] [--ready-file FILE] [--with-parent] [--parts all|temporal|s3]
//
// A port that is not given comes from temporal-dev.yaml; 0 picks a free one.
// A busy port is an error that names the port and the flag. Without --config
// the file temporal-dev.yaml is looked for in the working directory, then beside
// the program and one folder above it. --ephemeral works in a temporary folder,
// whatever --data says, and removes it at the end. --with-parent stops the stack when the process that
// started it dies, however it dies (Linux). A parent that wants to outlive a
// Ctrl-C in order to drain its work starts the stack in a process group of its own.
// --parts runs one server alone, so that each can be stopped or killed by itself.
//
// # Ready
//
// Once Temporal's frontend, the UI's API and the bucket answer, one line of JSON
// (type Ready) goes to stdout; nothing else ever does:
//
//	{"temporal":"127.0.0.1:7233","ui":"http://127.0.0.1:8233","s3":"http://127.0.0.1:9233",
//	 "region":"us-east-1","bucket":"madx","namespace":"default",
//	 "credentials_file":"/data/credentials.json","data":"/data","pid":4711}
//
// The same line is in DATA/ready.json (and in --ready-file) while the stack is
// ready; after a kill -9 that file is stale, so check its pid or ask the address.
// Without the line, the exit status and the last line of stderr say why.
//
// # Files in the data folder
//
//	credentials.json   S3 keys, mode 0600: {"access_key_id","secret_access_key","region"}
//	temporal.db        Temporal's SQLite database (WAL, synchronous=FULL)
//	s3/                one folder per bucket, objects as files
//	object-metadata/   only where the file system has no extended attributes
//	logs/              temporal.log and devstack.log
//	ready.json, lock   see above; the lock refuses a second stack on the same data
//
// # Stopping
//
// SIGTERM and SIGINT stop everything in order; a second one, or 15 s, ends it at
// once. kill -9 at any moment is safe: the next start on the same folder goes on.
//
// # Exit status
//
//	0  stopped by a signal
//	1  a part failed to start or stopped by itself
//	2  wrong flags, configuration or a busy port
//	3  another stack is using the data folder
package main
