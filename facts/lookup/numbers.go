package lookup

import "strconv"

// Number words, folded. Values below 100 combine by addition ("forty-three", "cuarenta y tres"), "hundred" and "thousand" multiply.
var (
	englishNumbers = map[string]int{
		"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
		"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
		"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
		"seventy": 70, "eighty": 80, "ninety": 90,
	}
	spanishNumbers = map[string]int{
		"dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
		"once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
		"dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiuno": 21, "veintidos": 22, "veintitres": 23,
		"veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
		"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
	}
	// "one" and "uno" count only after a ten: alone they are pronouns more often than numbers.
	ones       = map[string]int{"one": 1, "uno": 1, "un": 1}
	multiplier = map[string]int{"hundred": 100, "thousand": 1000, "mil": 1000, "ciento": 100, "cien": 100}
)

// wordFilter tells most words that are not in a set from those in it, by first letter and length, in a fraction of the time of a map.
type wordFilter [256]uint32

func newWordFilter[V any](sets ...map[string]V) (f wordFilter) {
	for _, set := range sets {
		for w := range set {
			f.add(w)
		}
	}
	return f
}

func (f *wordFilter) add(w string)          { f[w[0]] |= 1 << min(len(w), 31) }
func (f *wordFilter) mayHold(w string) bool { return f[w[0]]&(1<<min(len(w), 31)) != 0 }

var (
	numberFilter = newWordFilter(englishNumbers, spanishNumbers, multiplier)
	monthFilter  = newWordFilter(months, monthsBesideNumber)
)

// mergeNumberWords replaces each run of number words by its digits, in place.
func mergeNumberWords(words []string, lang Lang) []string {
	table := englishNumbers
	if lang == Spanish {
		table = spanishNumbers
	}
	out := words[:0]
	for i := 0; i < len(words); {
		n, used := 0, 0
		if isDigit(words[i][0]) || numberFilter.mayHold(words[i]) {
			n, used = readNumber(words[i:], table, lang)
		}
		if used == 0 {
			out = append(out, words[i])
			i++
			continue
		}
		out = append(out, strconv.Itoa(n))
		i += used
	}
	return out
}

// readNumber reads the number that words begin with and says how many words it took, none if they begin with no number.
func readNumber(words []string, table map[string]int, lang Lang) (value, used int) {
	current, total := 0, 0
	tens := false // the last word read was a ten, so a unit may follow
	for used < len(words) {
		w := words[used]
		v, isNumber := table[w]
		switch m, isMultiplier := multiplier[w]; {
		case isNumber && used == 0:
			current, tens = v, v >= 20 && v%10 == 0
		case isNumber && tens && v < 10:
			current, tens = current+v, false
		case isNumber && current >= 100 && current%100 == 0 && v < 100:
			current, tens = current+v, v >= 20 && v%10 == 0
		case ones[w] == 1 && tens:
			current, tens = current+1, false
		case isMultiplier && used > 0 && current < 1000:
			current, tens = current*m, false
			if m == 1000 {
				total, current = total+current, 0
			}
		case isMultiplier && used == 0 && m == 100 && lang == Spanish:
			current = 100
		case allDigits(w) && used == 0 && len(w) <= 3 && len(words) > 1 && multiplier[words[1]] == 1000:
			current, _ = strconv.Atoi(w)
		case lang == Spanish && w == "y" && tens && used+1 < len(words) && (table[words[used+1]] > 0 && table[words[used+1]] < 10 || ones[words[used+1]] == 1):
		default:
			return total + current, used
		}
		used++
	}
	return total + current, used
}

// Months by their folded names in either language. A short name counts as a month only beside a number, and so do "march" and
// "may", which are other words too.
var (
	months = map[string]string{
		"january": "month1", "february": "month2", "april": "month4", "june": "month6", "july": "month7", "august": "month8",
		"september": "month9", "october": "month10", "november": "month11", "december": "month12",
		"enero": "month1", "febrero": "month2", "marzo": "month3", "abril": "month4", "mayo": "month5", "junio": "month6",
		"julio": "month7", "agosto": "month8", "septiembre": "month9", "setiembre": "month9", "octubre": "month10",
		"noviembre": "month11", "diciembre": "month12",
	}
	monthsBesideNumber = map[string]string{
		"march": "month3", "may": "month5", "jan": "month1", "feb": "month2", "mar": "month3", "apr": "month4", "jun": "month6",
		"jul": "month7", "aug": "month8", "sep": "month9", "sept": "month9", "oct": "month10", "nov": "month11", "dec": "month12",
		"ene": "month1", "abr": "month4", "ago": "month8", "set": "month9", "dic": "month12",
	}
)

// nameMonths names months alike in both languages, in place.
func nameMonths(words []string, lang Lang) []string {
	for i, w := range words {
		if !monthFilter.mayHold(w) {
			continue
		}
		if m, ok := months[w]; ok {
			// Julio is a given name before another name; as a month it stands beside a number or after "de"/"en".
			if w == "julio" && !besideNumber(words, i, lang) && (i == 0 || words[i-1] != "en" && words[i-1] != "de") {
				continue
			}
			words[i] = m
		} else if m, ok := monthsBesideNumber[w]; ok && besideNumber(words, i, lang) {
			words[i] = m
		}
	}
	return words
}

// besideNumber reports whether a day or year stands next to words[i], a "de", "of" or "the" between them not counting.
func besideNumber(words []string, i int, lang Lang) bool {
	for _, step := range []int{-1, 1} {
		j := i + step
		if j >= 0 && j < len(words) && (words[j] == "de" || words[j] == "of" || words[j] == "del") {
			j += step
		}
		if j >= 0 && j < len(words) && dayOrYear(words[j]) {
			return true
		}
	}
	return false
}

func dayOrYear(w string) bool {
	if len(w) > 2 && (w[len(w)-2:] == "st" || w[len(w)-2:] == "nd" || w[len(w)-2:] == "rd" || w[len(w)-2:] == "th") {
		w = w[:len(w)-2]
	}
	if !allDigits(w) || len(w) > 4 {
		return false
	}
	n, _ := strconv.Atoi(w)
	return n >= 1 && n <= 31 || n >= 1900 && n <= 2100
}
