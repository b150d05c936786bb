-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'cv_metrics') }}

),

renamed as (

    select
        run_id,
        horizon,
        fold,
        metric,
        value as metric_value
    from source

)

select * from renamed
