package io.holdfast.replicationagent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class LayeringTest {
    private static final String ROOT = "io.holdfast.replicationagent";
    private static final String[] FEATURES = {
        ROOT + ".capture..",
        ROOT + ".stream..",
        ROOT + ".sync..",
        ROOT + ".intent..",
        ROOT + ".hosting..",
        ROOT + ".quiesce..",
        ROOT + ".uplink..",
        ROOT + ".flow..",
        ROOT + ".machine..",
        ROOT + ".ownership.."
    };
    private static final JavaClasses AGENT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void featuresKnowTheJdkTheKernelAndTheValuesOfStreamAndDevice() {
        String[] allowed = new String[FEATURES.length + 6];
        System.arraycopy(FEATURES, 0, allowed, 0, FEATURES.length);
        allowed[FEATURES.length] = "java..";
        allowed[FEATURES.length + 1] = "io.holdfast.kernel..";
        allowed[FEATURES.length + 2] = "io.holdfast.changestream..";
        allowed[FEATURES.length + 3] = "io.holdfast.nbd";
        allowed[FEATURES.length + 4] = "io.holdfast.nbd.device..";
        // The error codes of the agent.
        allowed[FEATURES.length + 5] = ROOT;
        classes()
                .that()
                .resideInAnyPackage(FEATURES)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .because("capture and order are this product's own; no framework or transport may decide them")
                .check(AGENT);
    }

    @Test
    void featuresUseOfTheRootPackageItsErrorCodesOnly() {
        noClasses()
                .that()
                .resideInAnyPackage(FEATURES)
                .should()
                .dependOnClassesThat()
                .haveNameMatching(ROOT.replace(".", "\\.") + "\\.(?!AgentError)[A-Z]\\w*")
                .because("the root package puts the agent together; features are what it is made of")
                .check(AGENT);
    }

    @Test
    void whoMayWriteIsDecidedByTheJdkAndTheKernelAlone() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".ownership..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.holdfast.kernel..", ROOT + ".ownership..")
                .because("a fence must not depend on how something is captured or told")
                .check(AGENT);
    }

    @Test
    void noOtherServiceIsImported() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.holdfast.inventory..",
                        "io.holdfast.protectiongroup..",
                        "io.holdfast.replicationrouter..",
                        "io.holdfast.journalstore..",
                        "io.holdfast.recoveryplan..",
                        "io.holdfast.localsite..")
                .because("services share only the contracts in proto")
                .check(AGENT);
    }

    @Test
    void theProtocolStaysInItsAdapter() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".adapter.grpc..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.holdfast.proto..", "io.grpc..")
                .because("messages are a representation; the agent's own values are what the rest speaks")
                .check(AGENT);
    }
}
