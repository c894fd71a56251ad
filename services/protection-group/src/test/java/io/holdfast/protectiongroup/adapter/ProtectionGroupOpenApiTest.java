package io.holdfast.protectiongroup.adapter;

import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.OpenApiContractTest;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

/** Refresh: {@code ./mvnw test -pl services/protection-group -Dtest=ProtectionGroupOpenApiTest -Dopenapi.refresh=true}. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
class ProtectionGroupOpenApiTest extends OpenApiContractTest {}
