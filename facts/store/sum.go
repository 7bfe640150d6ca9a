package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sum stands for all that Copy would copy of a database: the same of two that hold the same, whatever they are.
type sum struct {
	rows int64
	hash string // SHA-256 over tables, columns and values, each with its length before it
}

func sumOf(ctx context.Context, q querier) (s sum, err error) {
	h := sha256.New()
	for _, t := range keptTables {
		fmt.Fprintf(h, "%s:", t.name)
		err := eachRow(ctx, q, t, func(columns []string, row []any) error {
			s.rows++
			for i, v := range row {
				text := plain(v)
				fmt.Fprintf(h, "%s=%d:%s,", columns[i], len(text), text)
			}
			return nil
		})
		if err != nil {
			return s, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	s.hash = hex.EncodeToString(h.Sum(nil))
	return s, nil
}

// eachRow calls f with the rows of a table, in their order, the columns by name.
func eachRow(ctx context.Context, q querier, t kept, f func(columns []string, row []any) error) error {
	columns, err := columnsOf(ctx, q, t.name)
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+t.name+t.where()+" ORDER BY "+t.order)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := f(columns, row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// columnsOf lists a table's columns, sorted: their order depends on the version that a database was made with.
func columnsOf(ctx context.Context, q querier, table string) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	slices.Sort(columns)
	return columns, err
}

// plain writes a value as it is, whichever database it comes from.
func plain(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case []byte:
		return string(v)
	case string:
		return v
	}
	return fmt.Sprintf("%T %v", v, v)
}

// carryIDs has w give out no id that q gave out, also none of a row that is gone: old buttons name it.
func (d *DB) carryIDs(ctx context.Context, q, w querier, lastOf string) error {
	for _, table := range numberedTables {
		last, err := first(ctx, q, scanValue[int64], lastOf, table)
		if err != nil {
			return fmt.Errorf("ids of %s: %w", table, err)
		}
		if last == 0 {
			continue
		}
		if err := d.setLastID(ctx, w, table, last); err != nil {
			return fmt.Errorf("ids of %s: %w", table, err)
		}
	}
	return nil
}
