@{
    Severity     = @('Error', 'Warning', 'Information')
    ExcludeRules = @(
        # Build and test scripts talk to the person in front of them.
        'PSAvoidUsingWriteHost'
        # Join-Path and Should read better without the names.
        'PSAvoidUsingPositionalParameters'
        # Does not see that a function uses a script's parameter.
        'PSReviewUnusedParameter'
    )
}
