package io.holdfast.recoveryplan.service;

import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.quarkus.OpenApiContractTest;
import io.quarkus.test.junit.QuarkusTest;

/** Refresh after a wanted change: {@code -Dtest=RecoveryPlanOpenApiTest -Dopenapi.refresh=true}. */
@QuarkusTest
@ServiceUnderTest
class RecoveryPlanOpenApiTest extends OpenApiContractTest {}
