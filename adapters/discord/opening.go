package discord

import (
	"encoding/binary"
	"encoding/json"
)

// The library always identifies as a new session, because each of its sessions is used for one connection. What it writes first is turned into a
// resume here, under it, where a session is to be resumed (https://docs.discord.com/developers/events/gateway#resuming): the library remembers a
// session only in itself, where nothing can be read or set that another process had, and resumes at an address that Discord does not want.

// Gateway opcodes that open a session.
const (
	opIdentify = 2
	opResume   = 6
)

// resumePacket is what is sent in the place of an identify packet.
func resumePacket(token string, r *resumption) ([]byte, error) {
	type data struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Sequence  int64  `json:"seq"`
	}
	return json.Marshal(struct {
		Op   int  `json:"op"`
		Data data `json:"d"`
	}{opResume, data{token, r.Session, r.Sequence}})
}

// isIdentify reports whether a packet of the library's is the one that identifies.
func isIdentify(payload []byte) bool {
	var p struct {
		Op int `json:"op"`
	}
	return json.Unmarshal(payload, &p) == nil && p.Op == opIdentify
}

// Bits of a websocket frame's head (RFC 6455, section 5.2).
const (
	finalBit = 0x80
	maskBit  = 0x80
	keyBytes = 4
)

// clientText reads one whole text frame that a client wrote, which is masked (RFC 6455, section 5.3). ok is false for anything else.
func clientText(frame []byte) (payload []byte, key [keyBytes]byte, ok bool) {
	if len(frame) < 2 || frame[0] != finalBit|textFrame || frame[1]&maskBit == 0 {
		return nil, key, false
	}
	size, rest := int(frame[1]&^maskBit), frame[2:]
	switch size {
	case 126:
		if len(rest) < 2 {
			return nil, key, false
		}
		size, rest = int(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		return nil, key, false // 64 kB and more, of which Discord takes 4
	}
	if len(rest) != keyBytes+size {
		return nil, key, false
	}
	key = [keyBytes]byte(rest)
	return masked(rest[keyBytes:], key), key, true
}

// clientFrame writes a text frame as a client does. The key must not have been used for a frame that was sent.
func clientFrame(payload []byte, key [keyBytes]byte) []byte {
	frame := []byte{finalBit | textFrame, maskBit}
	switch size := len(payload); {
	case size < 126:
		frame[1] |= byte(size)
	case size < 1<<16:
		frame[1] |= 126
		frame = binary.BigEndian.AppendUint16(frame, uint16(size))
	default:
		frame[1] |= 127
		frame = binary.BigEndian.AppendUint64(frame, uint64(size))
	}
	return append(append(frame, key[:]...), masked(payload, key)...)
}

// masked masks, or undoes it.
func masked(payload []byte, key [keyBytes]byte) []byte {
	out := make([]byte, len(payload))
	for i, b := range payload {
		out[i] = b ^ key[i%keyBytes]
	}
	return out
}
