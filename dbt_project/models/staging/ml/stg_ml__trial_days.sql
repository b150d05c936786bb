-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'trial_days') }}

),

renamed as (

    select
        run_id,
        horizon,
        dt,
        ic,
        rank_ic,
        spread
    from source

)

select * from renamed
