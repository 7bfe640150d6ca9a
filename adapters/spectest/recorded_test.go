package spectest

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// specs is where the platforms' descriptions are, beside a clone of this repository.
const specs = "../../../shared/specs"

// spec reads a platform's description. Where it is not there the test is skipped.
func spec(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(specs, name))
	if os.IsNotExist(err) {
		t.Skipf("%s is not here: what is sent is not held against it", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// request is one that an adapter made to a double in its tests.
type request struct {
	Method, Path, Query string
	Body                json.RawMessage
	Files               []string
	Status              int
}

// recorded runs a package's tests and returns every request they made.
func recorded(t *testing.T, pkg string) []request {
	t.Helper()
	name := filepath.Join(t.TempDir(), "requests.jsonl")
	cmd := exec.Command("go", "test", "-count=1", pkg)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "TESTIGO_RECORD="+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test %s: %v\n%s", pkg, err, out)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var list []request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
