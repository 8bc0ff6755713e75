// Package mirror finds a wiki's newest finished dump on a mirror of dumps.wikimedia.org and downloads it: politely (two
// connections to a host in the whole process, a user agent, back-off), with resume, and verified. A file under its final
// name is whole and has the digest the mirror's dumpstatus.json gives; everything unfinished is named *.part.
//
// A mirror is not trusted: names, sizes, digests and redirects it sends are checked before they are used.
//
// The package must not know what is in the files.
package mirror
