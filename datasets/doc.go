// Package datasets only groups the packages that turn outside text into what a trainer reads: Wikipedia dumps and
// other text into token shards (wikipedia, tokenizer, corpus), annotated files into examples (ner, ccr, qa), predictions
// into scores (metrics), and what guards the door (archive, lock). None of them knows Temporal, S3 or tensors.
package datasets
