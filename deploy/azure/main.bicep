// ZombieOps in Azure Automation: an account, a runtime environment with the module, the runbook, its schedule, and where its logs go.
// docs/azure.md is the way through it. main.json is this file, compiled: bicep build main.bicep
targetScope = 'resourceGroup'

@description('Name of the Automation account.')
@minLength(6)
@maxLength(50)
param accountName string = 'zombieops'

@description('Where everything is made. Regions without runtime environments are in docs/azure.md.')
param location string = resourceGroup().location

@description('PowerShell of the runtime environment. 7.4 is out of support since November 2026.')
@allowed([
  '7.4'
  '7.6'
])
param powerShellVersion string = '7.6'

@description('Version of the Az modules in the runtime environment, such as 15.1.0 with 7.6 and 12.3.0 with 7.4. Only a secret in a key vault needs them; empty leaves them out.')
param azVersion string = ''

@description('Where the service fetches ZombieOps.VERSION.nupkg. An address with a shared access signature is a secret, so this is one.')
@secure()
param modulePackageUri string

@description('Version of that package.')
param moduleVersion string

@description('SHA-256 of that package, as SHA256SUMS has it.')
@minLength(64)
@maxLength(64)
param modulePackageSha256 string

@description('Where the service fetches Invoke-PolicyJob.ps1. An address with a shared access signature is a secret, so this is one.')
@secure()
param runbookUri string

@description('SHA-256 of that file.')
@minLength(64)
@maxLength(64)
param runbookSha256 string

@description('The policy, as YAML. It holds no secret. Empty where a hybrid worker has it as a file.')
param policy string = ''

@description('The policy as a file on the hybrid worker; empty where it is the variable ZombieOpsPolicy.')
param policyPath string = ''

@description('Scan clears and writes nothing. Clear needs a hybrid worker and a state directory that outlives the job.')
@allowed([
  'Scan'
  'Clear'
])
param mode string = 'Scan'

@description('Directory of the ledger and the audit log on the hybrid worker, where the policy names none.')
param stateDirectory string = ''

@description('Group of hybrid workers that run the job; empty for the cloud sandbox, which can only scan.')
param hybridWorkerGroup string = ''

@description('Key vault of this resource group that holds the password of a search cluster; empty for none.')
param keyVaultName string = ''

@description('Name of that secret.')
param keyVaultSecretName string = 'zombieops-search'

@description('Name by which the policy speaks of that secret, in password-env.')
param searchVariable string = 'ZOMBIEOPS_SEARCH_PASSWORD'

@description('When the schedule begins; at least five minutes from now.')
param scheduleStart string = dateTimeAdd(utcNow(), 'PT15M')

@description('Hours between two jobs. One is the least that the service has.')
@minValue(1)
@maxValue(24)
param scheduleHours int = 1

@description('Resource id of the Log Analytics workspace for job logs, job output and the audit events of the account; empty for none.')
param workspaceId string = ''

// A name there has letters, digits, dashes and underscores.
var runtimeName = 'ZombieOps-${replace(powerShellVersion, '.', '-')}'
var runbookName = 'Invoke-PolicyJob'
var scheduleName = 'ZombieOps-every-${scheduleHours}h'
// The value of a variable is JSON: the text of the policy as a JSON string.
var policyList = string([policy])
// Key Vault Secrets User: may read values of secrets, and nothing else. It is given for the one secret.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var jobParameters = union(
  {
    Mode: mode
  },
  empty(policyPath) ? {} : { PolicyPath: policyPath },
  empty(stateDirectory) ? {} : { StateDirectory: stateDirectory },
  empty(keyVaultName)
    ? {}
    : {
        KeyVault: keyVaultName
        SecretNames: '${searchVariable}=${keyVaultSecretName}'
      }
)

resource account 'Microsoft.Automation/automationAccounts@2024-10-23' = {
  name: accountName
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    sku: {
      name: 'Basic'
    }
    // Jobs, workers and people come with an identity; keys of the account open nothing.
    disableLocalAuth: true
  }
}

resource runtime 'Microsoft.Automation/automationAccounts/runtimeEnvironments@2024-10-23' = {
  parent: account
  name: runtimeName
  location: location
  properties: {
    description: 'PowerShell ${powerShellVersion} with ZombieOps ${moduleVersion}'
    runtime: {
      language: 'PowerShell'
      version: powerShellVersion
    }
    defaultPackages: empty(azVersion) ? {} : { Az: azVersion }
  }
}

resource module 'Microsoft.Automation/automationAccounts/runtimeEnvironments/packages@2024-10-23' = {
  parent: runtime
  name: 'ZombieOps'
  properties: {
    contentLink: {
      uri: modulePackageUri
      version: moduleVersion
      contentHash: {
        algorithm: 'SHA256'
        value: modulePackageSha256
      }
    }
  }
}

resource runbook 'Microsoft.Automation/automationAccounts/runbooks@2024-10-23' = {
  parent: account
  name: runbookName
  location: location
  properties: {
    description: 'One tick of a ZombieOps policy'
    runbookType: 'PowerShell'
    runtimeEnvironment: runtime.name
    // The output is one line of JSON; verbose and progress records would only cost.
    logVerbose: false
    logProgress: false
    publishContentLink: {
      uri: runbookUri
      version: moduleVersion
      contentHash: {
        algorithm: 'SHA256'
        value: runbookSha256
      }
    }
  }
  dependsOn: [
    module
  ]
}

resource policyVariable 'Microsoft.Automation/automationAccounts/variables@2024-10-23' = if (!empty(policy)) {
  parent: account
  name: 'ZombieOpsPolicy'
  properties: {
    description: 'The policy that Invoke-PolicyJob carries out'
    // A policy holds no secret, so that people may read what is agreed on.
    isEncrypted: false
    value: substring(policyList, 1, max(0, length(policyList) - 2))
  }
}

resource schedule 'Microsoft.Automation/automationAccounts/schedules@2024-10-23' = {
  parent: account
  name: scheduleName
  properties: {
    description: 'A tick of ZombieOps'
    startTime: scheduleStart
    frequency: 'Hour'
    interval: scheduleHours
    timeZone: 'Etc/UTC'
  }
}

// A link cannot be changed once it is there, so its name is made of all that it says: another parameter is another link. docs/azure.md says how to take the old one away.
resource link 'Microsoft.Automation/automationAccounts/jobSchedules@2024-10-23' = {
  parent: account
  name: guid(account.id, runbookName, scheduleName, hybridWorkerGroup, string(jobParameters))
  properties: {
    runbook: {
      name: runbook.name
    }
    schedule: {
      name: schedule.name
    }
    runOn: empty(hybridWorkerGroup) ? null : hybridWorkerGroup
    parameters: jobParameters
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = if (!empty(keyVaultName)) {
  // A name that is not used has to be a valid one all the same.
  name: empty(keyVaultName) ? 'not-used' : keyVaultName

  resource secret 'secrets' existing = {
    name: keyVaultSecretName
  }
}

resource readSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(keyVaultName)) {
  scope: vault::secret
  name: guid(account.id, keyVaultName, keyVaultSecretName, secretsUser)
  properties: {
    description: 'ZombieOps reads the password of a search cluster'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: account.identity.principalId
    // Not looked up, so an identity that was made a moment ago is no error.
    principalType: 'ServicePrincipal'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(workspaceId)) {
  scope: account
  name: 'zombieops'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'JobLogs'
        enabled: true
      }
      {
        category: 'JobStreams'
        enabled: true
      }
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

@description('Whom a role on something else would be given to.')
output principalId string = account.identity.principalId

@description('The runtime environment of the runbook.')
output runtimeEnvironment string = runtime.name
