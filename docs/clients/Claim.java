import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Claims a coupon with Java's HttpClient, and reads it back. Java 11 or later, without a library.
 *
 * <p>Run it on a server only: AUTH_SECRET must never reach a browser or an app.
 *
 * <pre>URL=http://127.0.0.1:3000 AUTH_SECRET=... EVENT_ID=ev_... USER_ID=kim java Claim.java</pre>
 */
public class Claim {
    private static final Set<Integer> UNDECIDED = Set.of(429, 503);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;
    private final String token;

    Claim(String url, String token) {
        this.url = url;
        this.token = token;
    }

    /** A user's token: a JWT signed with HS256. Use the user ids of your own login. */
    static String mint(String userId, String secret, Duration life) throws Exception {
        String header = base64url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
        long exp = Instant.now().plus(life).getEpochSecond();
        String payload =
                base64url(String.format("{\"sub\":\"%s\",\"exp\":%d}", userId, exp).getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal((header + "." + payload).getBytes(StandardCharsets.UTF_8));
        return header + "." + payload + "." + base64url(signature);
    }

    private static String base64url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Repeats the call after 429, 503 or a lost reply: a claim may exist, and the repeat gives the same coupon. */
    HttpResponse<String> call(String method, String path) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .method(method, BodyPublishers.noBody())
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(10))
                .build();
        Instant deadline = Instant.now().plusSeconds(60);
        while (true) {
            long wait = 1;
            try {
                HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
                if (!UNDECIDED.contains(response.statusCode())) return response;
                wait = response.headers().firstValueAsLong("retry-after").orElse(1);
            } catch (IOException lost) {
                // No reply, or only a part of one.
            }
            if (Instant.now().plusSeconds(wait).isAfter(deadline)) {
                throw new IllegalStateException(
                        "Not decided in time; a claim may exist. Make the same call again.");
            }
            Thread.sleep(Duration.ofSeconds(wait).toMillis());
        }
    }

    public static void main(String[] args) throws Exception {
        String token = mint(System.getenv("USER_ID"), System.getenv("AUTH_SECRET"), Duration.ofMinutes(5));
        Claim claim = new Claim(System.getenv("URL"), token);
        String claims = "/api/v1/events/" + System.getenv("EVENT_ID") + "/claims";
        HttpResponse<String> claimed = claim.call("POST", claims);
        System.out.println(claimed.statusCode() + " " + claimed.body());
        HttpResponse<String> mine = claim.call("GET", claims + "/mine");
        System.out.println(mine.statusCode() + " " + mine.body());
    }
}
