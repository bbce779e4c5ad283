@{
    Severity     = @('Error', 'Warning', 'Information')
    ExcludeRules = @(
        # Build and test scripts talk to the person in front of them.
        'PSAvoidUsingWriteHost'
    )
}
