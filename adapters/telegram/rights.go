package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"testigo/bot"
)

// rightsKept is how long an answer about somebody's rights is believed. Where the bot is an administrator it is told of changes, and forgets at once.
const rightsKept = time.Minute

// maxRights bounds how many are remembered.
const maxRights = 10_000

// anonymousAdmin is the sender of what an administrator says in the group's own name (core.telegram.org/bots/api, Message.sender_chat).
const anonymousAdmin = 1087968824

// rights remembers who is what in which chat.
type rights struct {
	mu    sync.Mutex
	known map[[2]int64]known // by chat and person
	epoch int                // of the last change, so that an answer asked for before it is not kept
}

type known struct {
	member member
	at     time.Time
}

func (r *rights) get(chatID, userID int64, now time.Time) (m member, ok bool, epoch int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.known[[2]int64{chatID, userID}]
	return k.member, ok && now.Sub(k.at) < rightsKept, r.epoch
}

func (r *rights) set(chatID, userID int64, m member, now time.Time, epoch int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch != r.epoch {
		return
	}
	if r.known == nil || len(r.known) >= maxRights {
		r.known = map[[2]int64]known{}
	}
	r.known[[2]int64{chatID, userID}] = known{m, now}
}

// forget drops what is known of a person in a chat, of everybody there for person 0.
func (r *rights) forget(chatID, userID int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for k := range r.known {
		if k[0] == chatID && (userID == 0 || k[1] == userID) {
			delete(r.known, k)
		}
	}
}

// forgetAll drops what is known of everybody.
func (r *rights) forgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	r.known = nil
}

// errHidden: the group hides who its members are, and the person is no administrator of it.
var errHidden = errors.New("telegram: the group hides its members")

// member asks what somebody is in a chat. Only where the bot is an administrator is it sure to be told of everybody (Bot API, getChatMember); the list of
// administrators is there for all.
func (a *Adapter) member(ctx context.Context, chatID, userID int64) (member, error) {
	m, ok, epoch := a.rights.get(chatID, userID, time.Now())
	if !ok {
		var err error
		if m, err = a.askMember(ctx, chatID, userID); err != nil {
			return member{}, err
		}
		a.rights.set(chatID, userID, m, time.Now(), epoch)
	}
	if m.Status == "" {
		return m, errHidden
	}
	return m, nil
}

// askMember returns a member without a status where the group hides it.
func (a *Adapter) askMember(ctx context.Context, chatID, userID int64) (m member, err error) {
	p := params{"chat_id": id64(chatID), "user_id": id64(userID)}
	if err = a.client.repeat(ctx, 2, "getChatMember", p, &m); codeOf(err) != http.StatusBadRequest {
		return m, err
	}
	var admins []member
	if err = a.client.repeat(ctx, 2, "getChatAdministrators", params{"chat_id": id64(chatID)}, &admins); err != nil {
		return member{}, err
	}
	for _, admin := range admins {
		if admin.User.ID == userID {
			return admin, nil
		}
	}
	return member{}, nil
}

// role returns what a person may do in a community's space. Where Telegram does not say, they are a member: rights are never guessed upwards.
// Community 0 is none: a private chat of its own.
func (a *Adapter) role(ctx context.Context, community int64, space bot.SpaceID, userID int64) bot.Role {
	role := bot.Member
	if community != 0 && userID > 0 {
		m, err := a.member(ctx, community, userID)
		switch {
		case errors.Is(err, errHidden):
		case err != nil:
			a.once.log(slog.LevelWarn, "telegram: the rights of somebody could not be asked for; they count as a member", "chat "+strconv.FormatInt(community, 10), err)
		case m.Status == "creator":
			role = bot.Owner
		case m.Status == "administrator":
			role = bot.Moderator
		}
	}
	if userID <= 0 {
		return role
	}
	for _, named := range []struct {
		setting string
		role    bot.Role
	}{{bot.SetContributorRoles, bot.Contributor}, {bot.SetModeratorRoles, bot.Moderator}, {bot.SetOwnerRoles, bot.Owner}} {
		if listed(a.bot.Setting(space, named.setting), userID) {
			role = max(role, named.role)
		}
	}
	return role
}

// listed reports whether a list of ids with commas between names the person, alone or as "telegram:id".
func listed(ids string, userID int64) bool {
	id := strconv.FormatInt(userID, 10)
	for entry := range strings.SplitSeq(ids, ",") {
		if entry = strings.TrimSpace(entry); entry == id || entry == platform+":"+id {
			return true
		}
	}
	return false
}
