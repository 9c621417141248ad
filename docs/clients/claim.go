// Claims a coupon with Go's standard library, and reads it back.
//
// On a server: AUTH_SECRET must never reach a browser or an app.
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

// mint makes a user's token: a JWT signed with HS256. The user id is that of your own login.
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

// send returns one answer; an error means that the reply was lost, or never began.
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

// call follows the retry rule: 429, 503 and a lost reply mean "unknown", so it sends the same call again, which gives the
// same coupon.
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
			return 0, nil, errors.New("not decided in time; a claim may exist, and the same call again is right")
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
