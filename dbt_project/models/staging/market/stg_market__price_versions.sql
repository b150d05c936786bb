with source as (

    select * from {{ source('raw', 'prices') }}

),

renamed as (

    select
        {{ price_column('ticker', 'varchar') }},
        {{ price_column('open', 'double precision') }},
        {{ price_column('high', 'double precision') }},
        {{ price_column('low', 'double precision') }},
        {{ price_column('close', 'double precision') }},
        {{ price_column('volume', 'double precision') }},
        {{ price_column('vwap', 'double precision') }},
        {{ price_column('dividend', 'double precision') }},
        {{ price_column('split_ratio', 'double precision') }},
        {{ price_column('adj_close', 'double precision') }},
        {{ price_column('dt', 'date') }},
        {{ price_column('loaded_at', 'timestamp') }}
    from source

),

known as (

    select * from renamed
    {% if var('as_of') -%}
        where loaded_at < {{ as_of_date() }} + 1
    {%- endif %}

)

select * from known
