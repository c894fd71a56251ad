package io.holdfast.recoveryplan.support;

import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The service with real Kafka and PostgreSQL, real tokens, and a {@link FakeJournalStore} with a real NBD server. */
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(FakeJournalStoreResource.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ServiceUnderTest {}
