// Claims a coupon with Go's standard library, and reads it back.
//
// Run it on a server only: AUTH_SECRET must never reach a browser or an app.
//
//	URL=http://127.0.0.1:3000 AUTH_SECRET=... EVENT_ID=ev_... USER_ID=kim go run claim.go
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

// mint makes a user's token: a JWT signed with HS256. Use the user ids of your own login.
func mint(userID, secret string, life time.Duration) (string, error) {
	payload, err := json.Marshal(map[string]any{"sub": userID, "exp": time.Now().Add(life).Unix()})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil)), nil
}

// send returns one answer; an error means that no reply came, or only a part of one.
func send(ctx context.Context, method, url, token string) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, body, err
}

// call repeats the call after 429, 503 or a lost reply: a claim may exist, and the repeat gives the same coupon.
func call(ctx context.Context, method, url, token string) (int, []byte, error) {
	for {
		status, header, body, err := send(ctx, method, url, token)
		if err == nil && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			return status, body, nil
		}
		wait := time.Second
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
			wait = time.Duration(seconds) * time.Second
		}
		select {
		case <-ctx.Done():
			return 0, nil, errors.New("not decided in time; a claim may exist: make the same call again")
		case <-time.After(wait):
		}
	}
}

func main() {
	token, err := mint(os.Getenv("USER_ID"), os.Getenv("AUTH_SECRET"), 5*time.Minute)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	claims := os.Getenv("URL") + "/api/v1/events/" + os.Getenv("EVENT_ID") + "/claims"
	for _, each := range [][2]string{{http.MethodPost, claims}, {http.MethodGet, claims + "/mine"}} {
		status, body, err := call(ctx, each[0], each[1], token)
		if err != nil {
			panic(err)
		}
		fmt.Println(status, string(body))
	}
}
