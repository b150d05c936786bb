with source as (

    select * from {{ source('reference', 'universe') }}

),

renamed as (

    select
        cast(ticker as varchar) as ticker,
        cast(start_dt as date) as start_dt,
        cast(coalesce(end_dt, date '9999-12-31') as date) as end_dt
    from source

),

-- a spell's end is known on its last day, not before
known as (

    select
        ticker,
        start_dt,
        {% if var('as_of') -%}
        case when end_dt <= {{ as_of_date() }} then end_dt else date '9999-12-31' end as end_dt
        {%- else -%}
        end_dt
        {%- endif %}
    from renamed

)

select * from known
