package com.example.shop

import com.fasterxml.jackson.annotation.JsonIgnoreProperties
import com.nimbusds.jose.JWSAlgorithm
import com.nimbusds.jose.JWSHeader
import com.nimbusds.jose.crypto.MACSigner
import com.nimbusds.jwt.JWTClaimsSet
import com.nimbusds.jwt.SignedJWT
import org.springframework.beans.factory.annotation.Value
import org.springframework.boot.web.client.ClientHttpRequestFactories
import org.springframework.boot.web.client.ClientHttpRequestFactorySettings
import org.springframework.http.HttpMethod
import org.springframework.stereotype.Component
import org.springframework.web.client.ResourceAccessException
import org.springframework.web.client.RestClient
import java.time.Duration
import java.time.Instant
import java.util.Date

/** An answer to a claim: `issued` with serial and code, or why there is no coupon. Unknown fields are ignored. */
@JsonIgnoreProperties(ignoreUnknown = true)
data class ClaimAnswer(
    val status: String?,
    val serial: Long?,
    val code: String?,
    val claimedAt: Instant?,
    val round: Long?,
    val replayed: Boolean?,
    val opensAt: Instant?,
    /** `reason` and `detail` of a refusal (RFC 9457): the first is for programs, the second for people. */
    val reason: String?,
    val detail: String?,
)

data class Answer(val httpStatus: Int, val retryAfter: Long?, val body: ClaimAnswer?)

/** Claims coupons from a Spring Boot 3.4 server. `firstcome.auth-secret` must never reach a browser or an app. */
@Component
class Claims(
    @Value("\${firstcome.url}") url: String,
    @Value("\${firstcome.auth-secret}") private val secret: String,
) {
    private val http = RestClient.builder()
        .baseUrl(url)
        .requestFactory(
            ClientHttpRequestFactories.get(
                ClientHttpRequestFactorySettings.DEFAULTS
                    .withConnectTimeout(Duration.ofSeconds(5))
                    .withReadTimeout(Duration.ofSeconds(10)),
            ),
        )
        .build()

    fun claim(eventId: String, userId: String): Answer = call(HttpMethod.POST, "/api/v1/events/{id}/claims", eventId, userId)

    /** 404 with the reason `no_claim` means that the user certainly has no claim. */
    fun mine(eventId: String, userId: String): Answer =
        call(HttpMethod.GET, "/api/v1/events/{id}/claims/mine", eventId, userId)

    /** A user's token: a JWT signed with HS256. Use the user ids of your own login. */
    private fun mint(userId: String): String {
        val claims = JWTClaimsSet.Builder().subject(userId).expirationTime(Date.from(Instant.now().plusSeconds(300))).build()
        return SignedJWT(JWSHeader(JWSAlgorithm.HS256), claims).apply { sign(MACSigner(secret)) }.serialize()
    }

    /** Repeats the call after 429, 503 or a lost reply: a claim may exist, and the repeat gives the same coupon. */
    private fun call(method: HttpMethod, path: String, eventId: String, userId: String): Answer {
        val token = mint(userId)
        val deadline = Instant.now().plusSeconds(60)
        while (true) {
            val answer = try {
                send(method, path, eventId, token)
            } catch (lost: ResourceAccessException) {
                null
            }
            if (answer != null && answer.httpStatus != 429 && answer.httpStatus != 503) return answer
            val wait = Duration.ofSeconds(answer?.retryAfter ?: 1)
            check(Instant.now().plus(wait).isBefore(deadline)) {
                "Not decided in time; a claim may exist. Make the same call again."
            }
            Thread.sleep(wait)
        }
    }

    /** Uses `exchange`, which does not throw for status 400 and above: "sold out" is an answer, not an error. */
    private fun send(method: HttpMethod, path: String, eventId: String, token: String): Answer =
        http.method(method).uri(path, eventId).headers { it.setBearerAuth(token) }.exchange { _, response ->
            Answer(
                response.statusCode.value(),
                response.headers.getFirst("Retry-After")?.toLongOrNull(),
                response.bodyTo(ClaimAnswer::class.java),
            )
        }!!
}
