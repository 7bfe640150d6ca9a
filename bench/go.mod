module testigo/bench

go 1.26.0

require testigo v0.0.0

require (
	github.com/blevesearch/snowballstem v0.9.0 // indirect
	github.com/sahilm/fuzzy v0.1.3 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace testigo => ../
