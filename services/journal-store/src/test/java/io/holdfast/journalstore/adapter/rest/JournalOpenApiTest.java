package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.OpenApiContractTest;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

/** See {@link OpenApiContractTest} for how to refresh {@code openapi.yaml}. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(JournalTestResource.class)
class JournalOpenApiTest extends OpenApiContractTest {}
