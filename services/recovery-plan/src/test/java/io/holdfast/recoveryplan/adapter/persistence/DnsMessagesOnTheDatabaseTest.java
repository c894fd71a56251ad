package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.recoveryplan.dns.DnsMessages;
import io.holdfast.recoveryplan.dns.DnsMessagesContract;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.DisplayName;

@QuarkusTest
@ServiceUnderTest
@DisplayName("On the real database, messages about names")
class DnsMessagesOnTheDatabaseTest extends DnsMessagesContract {
    @Inject
    SqlDnsMessages messages;

    @Override
    protected DnsMessages subject() {
        return messages;
    }
}
