// Command verify checks an evidence pack with nothing of Wellkept's: only Go's own transparency log packages, as Debian's
// golang-golang-x-mod-dev ships them.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go PACK_DIR [VKEY [WITNESS_VKEY]]
//
// It prints one line and exits 0 when the pack is whole, 1 when it is not, 2 when it is called wrongly. Give VKEY, the log's
// verifier key as you were told it, or the pack is only shown to be whole in itself. Give WITNESS_VKEY, and its checkpoint must
// be cosigned by that witness (C2SP tlog-cosignature, Ed25519).
//
// What it checks: the signatures of the checkpoint and the manifest; every file against the manifest; every entry
// hashed up to the signed root; every tile against those hashes; then, through the tiles alone, inclusion proofs of a sample of
// entries and consistency proofs from earlier sizes.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	heading    = "evidence pack, version 1"
)

func main() {
	if len(os.Args) < 2 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: verify PACK_DIR [VKEY [WITNESS_VKEY]]")
		os.Exit(2)
	}
	expected, witness := "", ""
	if len(os.Args) > 2 {
		expected = os.Args[2]
	}
	if len(os.Args) > 3 {
		witness = os.Args[3]
	}
	line, err := verify(os.Args[1], expected, witness)
	if err != nil {
		fmt.Printf("NOT WHOLE: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(line)
}

// pack is the folder of a pack.
type pack string

func (p pack) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(p), filepath.FromSlash(path)))
}

func verify(dir, expected, witness string) (string, error) {
	p := pack(dir)
	key, err := p.key(expected)
	if err != nil {
		return "", err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return "", fmt.Errorf("vkey: %v", err)
	}
	files, err := p.manifest(verifier)
	if err != nil {
		return "", err
	}
	tree, err := p.checkpoint(verifier)
	if err != nil {
		return "", err
	}
	if witness != "" {
		if err := p.cosigned(witness); err != nil {
			return "", err
		}
	}
	stored, err := p.rehash(tree)
	if err != nil {
		return "", err
	}
	tiles, err := p.tiles(tree, stored)
	if err != nil {
		return "", err
	}
	included, consistent, err := p.proofs(tree, stored)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("whole: %s, %d entries, root %x, %d files, %d tiles, %d inclusion and %d consistency proofs",
		verifier.Name(), tree.N, tree.Hash[:], files, tiles, included, consistent), nil
}

func (p pack) key(expected string) (string, error) {
	data, err := p.read("vkey")
	if err != nil {
		return "", err
	}
	if !bytes.HasSuffix(data, []byte("\n")) {
		return "", errors.New("vkey: no newline at its end")
	}
	key := string(data[:len(data)-1])
	if expected != "" && key != strings.TrimSpace(expected) {
		return "", errors.New("vkey: not the expected key")
	}
	return key, nil
}

func (p pack) open(path string, verifier note.Verifier) (*note.Note, error) {
	data, err := p.read(path)
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	return opened, nil
}

// manifest holds every file against the signed list and returns how many there are.
func (p pack) manifest(verifier note.Verifier) (int, error) {
	opened, err := p.open("manifest", verifier)
	if err != nil {
		return 0, err
	}
	// The whole file must be what its signature covers and one line of signature.
	if len(opened.UnverifiedSigs) != 0 || len(opened.Sigs) != 1 {
		return 0, errors.New("manifest: other signatures beside the log's")
	}
	data, err := p.read("manifest")
	if err != nil {
		return 0, err
	}
	signature := opened.Sigs[0]
	if string(data) != fmt.Sprintf("%s\n\u2014 %s %s\n", opened.Text, signature.Name, signature.Base64) {
		return 0, errors.New("manifest: not spelt as a signed note is")
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil || len(raw) != 4+64 {
		return 0, errors.New("manifest: its signature has another spelling")
	}
	lines := strings.Split(strings.TrimSuffix(opened.Text, "\n"), "\n")
	if lines[0] != heading {
		return 0, errors.New("manifest: another heading")
	}
	listed := map[string]bool{"manifest": true}
	for _, line := range lines[1:] {
		parts := strings.SplitN(line, "  ", 3)
		if len(parts) != 3 || listed[parts[2]] {
			return 0, fmt.Errorf("manifest: bad line %q", line)
		}
		path := parts[2]
		listed[path] = true
		data, err := p.read(path)
		if err != nil {
			return 0, err
		}
		if fmt.Sprintf("%x  %d", sha256.Sum256(data), len(data)) != parts[0]+"  "+parts[1] {
			return 0, fmt.Errorf("%s: not the file that the manifest names", path)
		}
	}
	for _, path := range []string{"checkpoint", "vkey"} {
		if !listed[path] {
			return 0, fmt.Errorf("manifest: does not name %s", path)
		}
	}
	found := 0
	err = filepath.Walk(string(p), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		relative, err := filepath.Rel(string(p), path)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || !listed[filepath.ToSlash(relative)] {
			return fmt.Errorf("%s: not in the manifest", relative)
		}
		found++
		return nil
	})
	if err == nil && found != len(listed) {
		err = errors.New("manifest: files have gone")
	}
	return found, err
}

func (p pack) checkpoint(verifier note.Verifier) (tlog.Tree, error) {
	opened, err := p.open("checkpoint", verifier)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("checkpoint: not of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("checkpoint: bad size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, errors.New("checkpoint: bad root")
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// cosigner verifies a witness's timestamped signatures, which Go's own note package does not know yet.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.public, []byte(message), signature[8:])
}

func newCosigner(vkey string) (cosigner, error) {
	bad := errors.New("witness: not the verifier key of one")
	parts := strings.SplitN(strings.TrimSpace(vkey), "+", 3)
	if len(parts) != 3 {
		return cosigner{}, bad
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return cosigner{}, bad
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return cosigner{}, bad
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:]), key[1:]}, nil
}

// cosigned fails unless this witness cosigned the checkpoint.
func (p pack) cosigned(vkey string) error {
	witness, err := newCosigner(vkey)
	if err != nil {
		return err
	}
	_, err = p.open("checkpoint", witness)
	return err
}

// path is where a tile is in a pack. Go's own path names the height, and has "data" for what C2SP calls entries.
func path(tile tlog.Tile) string {
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return "tile/" + strings.Replace(rest, "data/", "entries/", 1)
}

// widest is the tile as it is in a tree of this size.
func widest(level int, number, size int64) tlog.Tile {
	count := size
	if level > 0 {
		count >>= uint(level * tileHeight)
	}
	width := count - number*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	return tlog.Tile{H: tileHeight, L: level, N: number, W: int(width)}
}

// stored holds every hash of the tree, in Go's order.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d is beyond the tree", index)
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

// treeHash is the root at a size. Go says that of no records it is zeros; RFC 6962 says the hash of nothing.
func treeHash(size int64, reader tlog.HashReader) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(size, reader)
}

// rehash reads every entry and hashes all the way up to the root.
func (p pack) rehash(tree tlog.Tree) (stored, error) {
	var all stored
	for number := int64(0); number*tileWidth < tree.N; number++ {
		tile := widest(-1, number, tree.N)
		data, err := p.read(path(tile))
		if err != nil {
			return nil, err
		}
		for i := 0; i < tile.W; i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s: ends within an entry", path(tile))
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			hashes, err := tlog.StoredHashes(number*tileWidth+int64(i), data[2:end], all)
			if err != nil {
				return nil, err
			}
			all = append(all, hashes...)
			data = data[end:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("%s: has more than its entries", path(tile))
		}
	}
	root, err := treeHash(tree.N, all)
	if err != nil {
		return nil, err
	}
	if root != tree.Hash {
		return nil, fmt.Errorf("the entries come to the root %x, and the checkpoint signs %x", root[:], tree.Hash[:])
	}
	return all, nil
}

// tiles holds every tile against the hashes of the entries and returns how many there are.
func (p pack) tiles(tree tlog.Tree, all stored) (int, error) {
	count := 0
	for level := 0; tree.N>>uint(level*tileHeight) > 0; level++ {
		for number := int64(0); number*tileWidth < tree.N>>uint(level*tileHeight); number++ {
			tile := widest(level, number, tree.N)
			expected, err := tlog.ReadTileData(tile, all)
			if err != nil {
				return 0, err
			}
			data, err := p.read(path(tile))
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(data, expected) {
				return 0, fmt.Errorf("%s: not what the entries come to", path(tile))
			}
			count++
		}
	}
	return count, nil
}

// Height, ReadTiles and SaveTiles make a pack a tlog.TileReader.
func (p pack) Height() int { return tileHeight }

func (p pack) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := p.read(path(tile))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

func (p pack) SaveTiles([]tlog.Tile, [][]byte) {}

// proofs makes and checks proofs from the tiles alone: inclusion of about a hundred entries, consistency from about a
// hundred earlier sizes.
func (p pack) proofs(tree tlog.Tree, all stored) (included, consistent int, err error) {
	reader := tlog.TileHashReader(tree, p)
	step := tree.N/100 + 1
	for number := int64(0); number < tree.N; number += step {
		proof, err := tlog.ProveRecord(tree.N, number, reader)
		if err != nil {
			return 0, 0, fmt.Errorf("inclusion of %d: %v", number, err)
		}
		leaf := all[tlog.StoredHashIndex(0, number)]
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, number, leaf); err != nil {
			return 0, 0, fmt.Errorf("inclusion of %d: %v", number, err)
		}
		included++
	}
	for old := int64(1); old <= tree.N; old += step {
		root, err := tlog.TreeHash(old, all)
		if err != nil {
			return 0, 0, err
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err != nil {
			return 0, 0, fmt.Errorf("consistency with %d: %v", old, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, root); err != nil {
			return 0, 0, fmt.Errorf("consistency with %d: %v", old, err)
		}
		consistent++
	}
	return included, consistent, nil
}
