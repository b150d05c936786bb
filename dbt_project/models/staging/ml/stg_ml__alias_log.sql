-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'alias_log') }}

),

renamed as (

    select
        change_no,
        model_id,
        horizon,
        alias as model_alias,
        action as change_action,
        reason,
        changed_by,
        changed_at
    from source

)

select * from renamed
